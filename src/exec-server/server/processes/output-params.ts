import { jsonText, type SelfWriting } from '../../../rpc/messages.js'
import type { ExecNotificationParams } from '../../protocol/index.js'
import type { OutputStream } from './child.js'

type Output = ExecNotificationParams<'process/output'>

/**
 * The params of `process/output`. Nearly all that a server sends are these, and nearly all of their text is base64,
 * which needs no escapes: `JSON.stringify` took half of the server's time looking for some.
 */
export class OutputParams implements Output, SelfWriting {
  /** Those of other protocol versions, as its type allows. */
  readonly [member: string]: unknown
  readonly processId: string
  readonly seq: number
  readonly stream: OutputStream
  readonly chunk: string

  constructor(processId: string, seq: number, stream: OutputStream, bytes: Buffer) {
    this.processId = processId
    this.seq = seq
    this.stream = stream
    this.chunk = bytes.toString('base64')
  }

  [jsonText](): string {
    return `{"processId":${JSON.stringify(this.processId)},"seq":${this.seq},"stream":"${this.stream}","chunk":"${this.chunk}"}`
  }
}
