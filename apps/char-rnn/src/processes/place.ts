/** The role of this process: alone, or one of several that train together, started by `mpirun` or by our supervisor. */
import { isMainThread } from "node:worker_threads";

export const transportNames = ["mpi", "threads"] as const;
export type TransportName = (typeof transportNames)[number];

/** What a supervisor hands to the processes that it starts. */
export interface Assignment {
  readonly transport: TransportName;
  readonly processes: number;
  /** Where the supervisor listens. */
  readonly socket: string;
  /** Whether the run was begun by processes that have died. */
  readonly isRestart: boolean;
}

export interface Place {
  readonly assignment: Assignment | undefined;
  /** Whether there are others, which train together with this process. */
  readonly hasOthers: boolean;
  /** Whether this is rank 0, which speaks for all, or alone. */
  readonly isFirst: boolean;
}

const variable = "CHAR_RNN_ASSIGNMENT";

/** The environment of processes with that assignment. */
export function environmentOf(assignment: Assignment): NodeJS.ProcessEnv {
  return { ...process.env, [variable]: JSON.stringify(assignment) };
}

export function placeOfThisProcess(environment: NodeJS.ProcessEnv = process.env): Place {
  const text = environment[variable];
  const assignment = text === undefined ? undefined : (JSON.parse(text) as Assignment); // The one cast: written above.
  const { OMPI_COMM_WORLD_RANK, PMI_RANK, PMIX_RANK } = environment;
  const rank = assignment?.transport === "threads" ? undefined : (OMPI_COMM_WORLD_RANK ?? PMI_RANK ?? PMIX_RANK);
  return {
    assignment,
    hasOthers: assignment === undefined ? rank !== undefined : assignment.processes > 1,
    isFirst: isMainThread && (rank === undefined || rank === "0"),
  };
}
