import { crc32 } from 'node:zlib'

const HEAD_LENGTH = 18
const HEAD = /^[0-9a-f]{8} [0-9a-f]{8} $/

/** A line for a JSON text: the length of the text in bytes and its CRC-32, eight hexadecimal digits each, before it. */
export function toCheckedLine(json: string): Buffer {
  const body = Buffer.from(json, 'utf8')
  return Buffer.concat([Buffer.from(`${hex(body.length)} ${hex(crc32(body))} `), body, Buffer.from('\n')])
}

/** The JSON value of a line without its line feed; `undefined` unless length, checksum and JSON are right. */
export function readCheckedLine(line: Buffer): unknown {
  const head = line.toString('latin1', 0, HEAD_LENGTH)
  if (!HEAD.test(head)) return undefined
  const body = line.subarray(HEAD_LENGTH)
  if (hex(body.length) !== head.slice(0, 8) || hex(crc32(body)) !== head.slice(9, 17)) return undefined
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    return undefined
  }
}

function hex(number: number): string {
  return number.toString(16).padStart(8, '0')
}
