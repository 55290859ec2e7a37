import { pieces } from '../../sources/pieces.mjs'

/** Concatenates the text at each chunk and looks for the line's end anew: what many a client does. */
export function run(count, { characters }) {
  let sum = 0
  let rest = ''
  const chunks = pieces(characters)
  for (let i = 0; i < count; i += 1) {
    for (const chunk of chunks) {
      rest += chunk.toString('utf8')
      const lines = rest.split('\n')
      rest = lines.pop()
      for (const line of lines) sum += JSON.parse(line).params.text.length
    }
  }
  return sum / characters
}
