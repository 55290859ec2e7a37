import type { TurnResult, TurnUsage } from '../../client/index.js'
import type { Failure } from '../../failures/index.js'
import type { ConnectionDiagnosis, TurnRecord, TurnRecordStatus } from '../records/turn-record.js'
import { recordText } from './summary.js'

/** How a turn ended, from wherever that is known. */
export interface Settlement {
  readonly status: 'completed' | 'interrupted' | 'failed'
  readonly turnId?: string | undefined
  readonly failure?: Failure | undefined
  readonly text?: string | undefined
  readonly usage?: TurnUsage | undefined
}

/** The settlement of a turn that this program has run to its end. */
export function settlementOf(result: TurnResult): Settlement {
  const { status, turnId, failure, text, usage } = result
  return { status, turnId: turnId === '' ? undefined : turnId, failure, text, usage }
}

/** The record of a turn that has ended. */
export function settledRecord(record: TurnRecord, settlement: Settlement, now: string): TurnRecord {
  const { status, failure, text, usage, turnId = record.turnId } = settlement
  return {
    ...record,
    turnId,
    status,
    failure,
    usage,
    text: text === undefined || text === '' ? undefined : recordText(text),
    diagnosis: failure && diagnose(failure, record.status),
    updatedAt: now,
    finishedAt: now,
  }
}

function diagnose(failure: Failure, statusAtClose: TurnRecordStatus): ConnectionDiagnosis | undefined {
  if (failure.kind !== 'transport-closed-before-turn-completed') return undefined
  const { exitCode, signal, partialBytes = 0 } = failure.details
  return { exitCode, signal, partialMessage: partialBytes > 0, partialBytes, statusAtClose }
}
