import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { promisify } from 'node:util'
import { brotliDecompress, gunzip, inflate } from 'node:zlib'

const decoders: Readonly<Record<string, (data: Buffer) => Promise<Buffer>>> = {
  br: promisify(brotliDecompress),
  deflate: promisify(inflate),
  gzip: promisify(gunzip),
}

const secretHeaders = new Set(['authorization', 'proxy-authorization', 'cookie', 'api-key', 'x-api-key'])

/**
 * Reads the whole body and parses it: JSON as its value, other text as text, an empty body as `undefined`.
 * Rejects when the requester leaves in the middle or uses an encoding that is not gzip, deflate or br.
 */
export async function readBody(message: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  for await (const chunk of message) chunks.push(chunk as Buffer)
  const bytes = await decode(Buffer.concat(chunks), message.headers['content-encoding'])
  if (bytes.length === 0) return undefined
  const text = bytes.toString('utf8')
  try {
    return JSON.parse(text) as unknown
  } catch {
    return text
  }
}

/** The headers as one string each, credentials replaced by a mark that they were there. */
export function recordHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  const recorded: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    const text = Array.isArray(value) ? value.join(', ') : (value ?? '')
    recorded[name] = secretHeaders.has(name) ? mark(text) : text
  }
  return recorded
}

async function decode(bytes: Buffer, encoding = 'identity'): Promise<Buffer> {
  if (encoding === 'identity') return bytes
  const decoder = decoders[encoding]
  if (decoder === undefined) throw new Error(`The model stub cannot read content-encoding ${encoding}`)
  return decoder(bytes)
}

function mark(credential: string): string {
  const scheme = /^(bearer|basic|digest) /i.exec(credential)?.[1]
  return scheme === undefined ? '[present]' : `${scheme} [present]`
}
