import { program } from "../../../program.js";

export const dynamic = "force-dynamic";

export async function GET() {
  const lines = [];
  await program((line) => lines.push(line));
  return new Response(lines.join("\n"));
}
