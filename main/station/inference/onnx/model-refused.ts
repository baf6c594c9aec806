import type { ModelFault } from '../../../../preload/contract/models.ts';

/** Why a model file is not used: a code for the program and a sentence for the person who brought it. */
export class ModelRefused extends Error {
  override readonly name = 'ModelRefused';
  readonly fault: ModelFault;

  constructor(fault: ModelFault, sentence: string) {
    super(sentence);
    this.fault = fault;
  }
}
