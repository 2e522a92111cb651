/** A class whose decorated methods are a pipeline; it may be abstract. */
export type PipelineClass = abstract new (...args: never[]) => object;
