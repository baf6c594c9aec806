/** A float32 tensor. */
export interface Tensor {
  readonly dims: readonly number[];
  readonly data: Float32Array;
}
export type Tensors = Readonly<Record<string, Tensor>>;

/** To a model's process. `load` comes first, once; each `run` is answered exactly once, unless the process dies. */
export type ToWorker =
  | { readonly kind: 'load'; readonly model: Uint8Array }
  | { readonly kind: 'run'; readonly id: number; readonly inputs: Tensors }
  /** Lets go of the model and ends. */
  | { readonly kind: 'close' };

export type FromWorker =
  | { readonly kind: 'loaded' }
  | { readonly kind: 'notLoaded'; readonly message: string }
  | { readonly kind: 'result'; readonly id: number; readonly outputs: Tensors; readonly durationMs: number }
  | { readonly kind: 'failed'; readonly id: number; readonly message: string };
