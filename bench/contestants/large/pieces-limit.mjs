import { lineSplitter } from '../../sources/lines.mjs'
import { pieces } from '../../sources/pieces.mjs'

export function run(count, { characters }) {
  let sum = 0
  const push = lineSplitter((line) => {
    sum += JSON.parse(line).params.text.length
  })
  const chunks = pieces(characters)
  for (let i = 0; i < count; i += 1) for (const chunk of chunks) push(chunk)
  return sum / characters
}
