import type { FaultCase } from '../fault-case.js'
import { BYTE_FAULTS } from './bytes.js'
import { CLIENT_FAULTS } from './client.js'
import { END_FAULTS } from './ends.js'
import { MESSAGE_FAULTS } from './messages.js'
import { SILENCE_FAULTS } from './silence.js'

/** The faults of the matrix. */
export const CASES: readonly FaultCase[] = [
  ...END_FAULTS,
  ...BYTE_FAULTS,
  ...MESSAGE_FAULTS,
  ...SILENCE_FAULTS,
  ...CLIENT_FAULTS,
]
