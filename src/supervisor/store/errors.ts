import { ConduitError } from '../../util/errors.js'

/** A record that was to be changed is not there. Nothing was changed. */
export class RecordNotFoundError extends ConduitError {
  readonly code = 'RECORD_NOT_FOUND'
  readonly kind: string
  readonly key: string

  constructor(kind: string, key: string) {
    super(`There is no record ${JSON.stringify(key)} of the kind ${JSON.stringify(kind)}`)
    this.kind = kind
    this.key = key
  }
}

/** Records could not be brought to the version of the schema. Nothing was changed. `cause` is what was thrown. */
export class MigrationError extends ConduitError {
  readonly code = 'MIGRATION_FAILED'
  readonly file: string
  /** The version from which the migration that failed was to lead. */
  readonly fromVersion: number

  constructor(file: string, fromVersion: number, problem: string, cause?: unknown) {
    super(
      `Cannot bring \`${file}\` from version ${fromVersion} of the schema to ${fromVersion + 1}: ${problem}`,
      cause === undefined ? {} : { cause },
    )
    this.file = file
    this.fromVersion = fromVersion
  }
}
