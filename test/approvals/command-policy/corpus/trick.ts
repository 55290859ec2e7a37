/** One way of making a shell do more than the words of an allowed command say. */
export interface Trick {
  readonly trick: string
  /** Why none of the commands may match. */
  readonly why: string
  readonly commands: readonly string[]
  /**
   * The bash syntax tree alone lets some of these through, because it keeps no trace of the trick or because
   * bash itself does not know it; the lexer and the check of the text are what stops them.
   */
  readonly beyondTree?: true
}
