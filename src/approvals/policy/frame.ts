/** What begins every line of a prompt, so that no text can begin where a prompt does. */
export const MARGIN = '  │ '

/** Width that is taken for a terminal that does not tell its own, in columns. */
const DEFAULT_COLUMNS = 80
/** Narrowest terminal that a prompt can be shown on, in columns. */
const MIN_COLUMNS = 20
/** Room that a text must have beside its label, in columns. */
const MIN_TEXT = 10

/** Lays a prompt out for a terminal of some width, all of it behind a margin. */
export class Frame {
  readonly #room: number

  private constructor(columns: number) {
    // The last column stays free: some terminals wrap when it is written.
    this.#room = columns - MARGIN.length - 1
  }

  /** A frame for what a terminal tells of its width; `undefined` when it is too narrow for any. */
  static for(columns: unknown): Frame | undefined {
    const width =
      typeof columns === 'number' && Number.isInteger(columns) && columns > 0 ? columns : DEFAULT_COLUMNS
    return width < MIN_COLUMNS ? undefined : new Frame(width)
  }

  /** The lines of a text, each with the margin and a line break. */
  text(text: string): string {
    return wrap(text, this.#room).map(withMargin).join('')
  }

  /** As {@link Frame.text}, the first line with the corner of the frame. */
  title(text: string): string {
    return this.text(text).replace('│', '┌')
  }

  /** Texts side by side, or below one another when they do not fit. */
  row(texts: readonly string[]): string {
    const line = texts.join('  ')
    return this.text(widthOf(line) <= this.#room ? line : texts.join('\n'))
  }

  /** Texts beside their labels, or below them when there is too little room. */
  details(details: readonly { readonly label: string; readonly text: string }[]): string {
    const indent = 2 + details.reduce((widest, { label }) => Math.max(widest, widthOf(label)), 0)
    const room = this.#room - indent
    if (room < MIN_TEXT) return details.map(({ label, text }) => this.text(`${label}\n${text}`)).join('')
    const gap = (used: number) => ' '.repeat(indent - used)
    return details
      .flatMap(({ label, text }) =>
        wrap(text, room).map((line, index) => (index === 0 ? label + gap(widthOf(label)) : gap(0)) + line),
      )
      .map(withMargin)
      .join('')
  }
}

function withMargin(line: string): string {
  return `${MARGIN}${line}\n`
}

/** Breaks a text into lines of at most some columns, anywhere, so that nothing is added or lost. */
function wrap(text: string, room: number): readonly string[] {
  return text.split('\n').flatMap((line) => {
    const lines: string[] = []
    let current = ''
    let width = 0
    for (const char of line) {
      const more = widthOf(char)
      if (width + more > room) {
        lines.push(current)
        current = ''
        width = 0
      }
      current += char
      width += more
    }
    return [...lines, current]
  })
}

/** Columns that a text takes at most: outside of the Latin letters a terminal may need two for a character. */
function widthOf(text: string): number {
  let width = 0
  for (const char of text) width += (char.codePointAt(0) ?? 0) < 0x300 ? 1 : 2
  return width
}
