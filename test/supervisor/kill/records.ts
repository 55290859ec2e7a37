/** What the writer that is killed keeps in its store. */
export interface KillKinds {
  /** The number of a writer's last batch, put first in it. */
  left: { readonly number: number }
  /** The same, put last. */
  right: { readonly number: number }
  /** One for each of the last batches of a writer. */
  entry: { readonly number: number; readonly text: string }
}

/** How many entries of a writer are kept. */
export const KEPT = 10

/** The text of an entry: now and then one so long that a kill can come in the middle of writing it. */
export function textOf(number: number): string {
  return 'x'.repeat(number % 50 === 0 ? 30_000 : number % 200)
}
