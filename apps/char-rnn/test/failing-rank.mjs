/** Loaded into every process of a test: rank 1 throws, in the middle of what it does, as soon as the file FAILS exists. */
import { existsSync } from "node:fs";
import { workerData } from "node:worker_threads";

const { OMPI_COMM_WORLD_RANK, PMI_RANK } = process.env;
const rank = workerData?.["tapegrad.parallel.seat"]?.rank ?? Number(OMPI_COMM_WORLD_RANK ?? PMI_RANK);
if (rank === 1)
  setInterval(() => {
    if (existsSync(process.env.FAILS)) throw new Error("rank one is tired");
  }, 1);
