/** Learning rates over time, under one name: here their own names would say too little. */
export { constant, cosine, linear, type StepOptions, sequence, step, warmup } from "@tapegrad/optim";
