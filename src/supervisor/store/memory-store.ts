import { checkFunction, checkKnownKeys, checkOptions } from '../../util/validate.js'
import type { Redact } from './operations.js'
import { RecordStore } from './record-store.js'
import { RecordTable } from './record-table.js'
import type { RecordKinds, Store } from './store.js'

/** Options of {@link memoryStore}. */
export interface MemoryStoreOptions {
  /**
   * Makes what is kept from each value and from the members that a patch sets, for example `redactJson`. What it
   * throws rejects the write. It must return an object.
   * @default values are kept as they are
   */
  readonly redact?: ((value: unknown) => unknown) | undefined
}

const KNOWN: Readonly<Record<keyof MemoryStoreOptions, true>> = { redact: true }

/** A store whose records are gone when it is. Migrations have nothing to do. Throws `InvalidInputError`. */
export function memoryStore<Kinds extends RecordKinds<Kinds>>(
  options: MemoryStoreOptions = {},
): Store<Kinds> {
  checkOptions('options', options)
  checkKnownKeys(options, KNOWN)
  return new RecordStore(MEMORY, checkRedact(options.redact))
}

/** Checks the option `redact`. Throws `InvalidInputError`. */
export function checkRedact(redact: unknown): Redact | undefined {
  checkFunction('redact', redact)
  return redact as Redact | undefined
}

const MEMORY = {
  open: async () => new RecordTable(),
  append: async () => undefined,
  tidy: async () => undefined,
  close: async () => undefined,
}
