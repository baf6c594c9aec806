/** A process that ends as native code ends a program: without a word, when the model comes. */
process.on('message', () => process.abort());

export {};
