import { spawnSource } from '../../sources/spawn.mjs'

/** Concatenates the text at each chunk and looks for the line's end anew: what many a client does. */
export async function run(count, { characters }) {
  const { stdout } = spawnSource('large.mjs', count, characters)
  let sum = 0
  let rest = ''
  stdout.setEncoding('utf8')
  stdout.on('data', (chunk) => {
    rest += chunk
    const lines = rest.split('\n')
    rest = lines.pop()
    for (const line of lines) {
      const { method, params } = JSON.parse(line)
      if (method === 'large') sum += params.text.length
    }
  })
  await new Promise((resolve) => stdout.once('end', resolve))
  return sum / characters
}
