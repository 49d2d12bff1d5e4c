/** Learning-rate schedules as members of `schedules`: without that prefix their names would say too little. */
export { constant, cosine, linear, type StepOptions, sequence, step, warmup } from "@tapegrad/optim";
