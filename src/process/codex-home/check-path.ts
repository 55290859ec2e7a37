import { InvalidInputError } from '../../util/errors.js'
import { checkString } from '../../util/validate.js'

/** Checks that a value is a path or absent. */
export function checkPath(option: string, value: unknown): void {
  checkString(option, value)
  if (typeof value === 'string' && value.includes('\0')) {
    throw new InvalidInputError(option, value, 'a path without NUL bytes')
  }
}
