/** The values that the tape of one step keeps, by op. */
import { Panel } from "../../components/panel.tsx";
import { healthTexts, shortBytes } from "../../texts/health.ts";
import type { KeptByTape } from "./tape-bytes.ts";

export function TapeTable({ tape }: { readonly tape: KeptByTape }) {
  const { op, nodes, bytes } = healthTexts.tapeColumns;
  return (
    <Panel id="wide" title={`${healthTexts.tape}: ${shortBytes(tape.bytes)}`}>
      <table class="numbers">
        <thead>
          <tr>
            <th scope="col">{op}</th>
            <th scope="col">{nodes}</th>
            <td aria-hidden="true" />
            <th scope="col">{bytes}</th>
          </tr>
        </thead>
        <tbody>
          {tape.ops
            .filter((kept) => kept.bytes > 0)
            .map((kept) => (
              <tr key={kept.op}>
                <th scope="row">{kept.op}</th>
                <td>{kept.nodes}</td>
                <td class="picture">
                  <svg class="share-bar" width="100%" height="14" aria-hidden="true">
                    <rect class="bytes" x="0" y="0" width={`${(100 * kept.bytes) / tape.bytes}%`} height="14" />
                  </svg>
                </td>
                <td>{shortBytes(kept.bytes)}</td>
              </tr>
            ))}
        </tbody>
      </table>
    </Panel>
  );
}
