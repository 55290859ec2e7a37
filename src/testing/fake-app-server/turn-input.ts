import type { Received } from '../../protocol/index.js'

/** What a client gave to a turn, at its start or later. */
export interface TurnInput {
  readonly content: Received.UserInput[]
  readonly clientId: string | null
}

/** The words of an input, without its images and the like. */
export function textOf({ content }: TurnInput): string {
  return content.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n')
}
