import { NewerFileError } from '../files/errors.js'
import { MigrationError } from './errors.js'
import { toJsonText } from './json-text.js'
import { requireText } from './operations.js'
import { RecordTable } from './record-table.js'
import type { MigratingRecord, Migration } from './store.js'

/**
 * The records in the version of the schema that all migrations lead to.
 *
 * Rejects with {@link NewerFileError} when they are beyond it, and with {@link MigrationError} when a migration
 * throws or returns something that no store can keep.
 */
export async function migrate(
  table: RecordTable,
  version: number,
  migrations: readonly Migration[],
  file: string,
): Promise<RecordTable> {
  const newest = migrations.length + 1
  if (version > newest) throw new NewerFileError(file, 'schema', version, newest)
  let current = table
  for (let from = version; from < newest; from += 1) {
    const migration = migrations[from - 1]
    if (!migration) throw new MigrationError(file, from, 'no migration leads on from there')
    try {
      current = toTable(await migration(toRecords(current)))
    } catch (cause) {
      throw new MigrationError(file, from, 'the migration failed', cause)
    }
  }
  return current
}

function toRecords(table: RecordTable): MigratingRecord[] {
  return Array.from(table.all(), ({ kind, key, text }) => ({
    kind,
    key,
    value: JSON.parse(text) as MigratingRecord['value'],
  }))
}

function toTable(records: readonly MigratingRecord[]): RecordTable {
  const table = new RecordTable()
  for (const [index, { kind, key, value }] of records.entries()) {
    requireText(`records[${index}].kind`, kind)
    requireText(`records[${index}].key`, key)
    table.apply({ kind, key, text: toJsonText(`records[${index}].value`, value) })
  }
  return table
}
