import type { Store } from '../../src/supervisor/index.js'

/** Kinds of records for tests. */
export interface Kinds {
  session: {
    readonly cwd: string
    readonly status: string
    readonly turnId?: string
    readonly tags?: unknown
  }
  run: { readonly state: string }
}

/** Everything that a store holds. */
export async function contentsOf(store: Store<Kinds>): Promise<unknown> {
  return { session: await store.list('session'), run: await store.list('run') }
}
