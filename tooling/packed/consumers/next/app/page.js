"use client";
import { useEffect } from "react";
import { program } from "../program.js";

export default function Page() {
  useEffect(() => {
    program(console.log);
  }, []);
  return <p>Training</p>;
}
