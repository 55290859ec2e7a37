import { readFileSync } from 'node:fs'
import { Dialect } from '../../../src/client/dialects/index.js'
import type { ServerNotification } from '../../../src/protocol/index.js'

/** A message as a server sent it. */
export interface Sent {
  readonly id?: number
  readonly method: string
  readonly params: Readonly<Record<string, unknown>>
}

/** The time that every translation of these tests takes place at. */
export const NOW = 1_700_000_000_000

/** What a real server of that version sent to the client, in order: notifications and approval requests. */
export function transcript(name: string): readonly Sent[] {
  const file = new URL(`../../fixtures/dialects/${name}.jsonl`, import.meta.url)
  return readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Sent)
}

/** The notifications of a transcript. */
export function notificationsOf(messages: readonly Sent[]): readonly ServerNotification[] {
  return messages.filter((one) => one.id === undefined) as unknown as readonly ServerNotification[]
}

/** A dialect whose clock stands still. */
export function newDialect(): Dialect {
  return new Dialect({ now: () => NOW })
}

/** A transcript in the current dialect. */
export function translated(name: string, dialect = newDialect()): readonly ServerNotification[] {
  return notificationsOf(transcript(name)).flatMap((one) => dialect.translate(one))
}
