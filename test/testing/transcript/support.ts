import { onTestFinished } from 'vitest'
import { RpcPeer, type RpcPeerOptions } from '../../../src/rpc/index.js'
import {
  parseTranscript,
  type RecordOptions,
  record,
  type Transcript,
  type TranscriptEntry,
} from '../../../src/testing/index.js'
import { memoryPair } from '../../../src/transports/memory.js'

/** A transcript with the given entries; their times are those given, or 0. */
export function transcriptOf(
  ...entries: readonly (Partial<TranscriptEntry> & { type: string })[]
): Transcript {
  const header = { transcript: 1, redacted: true }
  const lines = [header, ...entries.map((entry) => ({ atMs: 0, ...entry }))]
  return parseTranscript(lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
}

export const sent = (message: object, atMs = 0) => ({ type: 'sent', atMs, message }) as const
export const received = (message: object, atMs = 0) => ({ type: 'received', atMs, message }) as const

/** A client whose side is recorded, and the server that it speaks with. */
export async function recordedPair(options: RecordOptions = {}, clientOptions: RpcPeerOptions = {}) {
  const lines: string[] = []
  const [near, far] = memoryPair()
  const recording = record(near, (line) => lines.push(line), options)
  const client = new RpcPeer(recording, { jsonrpcHeader: false, ...clientOptions })
  const server = new RpcPeer(far, { jsonrpcHeader: false })
  onTestFinished(async () => {
    await client.close()
    await server.close()
  })
  await Promise.all([client.start(), server.start()])
  const transcript = () => parseTranscript(lines.map((line) => `${line}\n`).join(''))
  return { client, server, recording, lines, transcript }
}

/** What a transcript says, without times. */
export function gist({ entries }: Transcript): unknown[] {
  return entries.map(({ atMs: _, ...entry }) => entry)
}
