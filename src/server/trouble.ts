/** What an operator has to know or do before it can go on: one sentence, printed as it is, without a stack. */
export class Trouble extends Error {
  constructor(sentence: string, cause?: unknown) {
    super(sentence, cause === undefined ? undefined : { cause })
    this.name = 'Trouble'
  }
}
