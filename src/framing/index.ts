export type { JsonLineReaderOptions, JsonLineSink } from './json-line-reader.js'
export { DEFAULT_MAX_LINE_BYTES, DEFAULT_MAX_NOISE_LINES, JsonLineReader } from './json-line-reader.js'
