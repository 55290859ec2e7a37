import { JsonLineReader } from '../../../dist/framing/index.js'
import { pieces } from '../../sources/pieces.mjs'

export function run(count, { characters }) {
  let sum = 0
  const fail = (error) => {
    throw error
  }
  const reader = new JsonLineReader({
    message: ({ params }) => {
      sum += params.text.length
    },
    problem: fail,
    invalid: fail,
  })
  const chunks = pieces(characters)
  for (let i = 0; i < count; i += 1) for (const chunk of chunks) reader.push(chunk)
  return sum / characters
}
