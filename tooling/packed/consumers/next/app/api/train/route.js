import { serverProgram } from "../../../program.js";

export const dynamic = "force-dynamic";

export async function GET() {
  const lines = [];
  await serverProgram((line) => lines.push(line));
  return new Response(lines.join("\n"));
}
