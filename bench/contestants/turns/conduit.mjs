import { Codex } from '../../../dist/index.js'
import { startModel } from '../../sources/model.mjs'

export async function prepare({ deltas }) {
  const model = await startModel(deltas)
  const codex = await Codex.start({ cwd: model.cwd, env: model.env })
  const thread = await codex.startThread({ cwd: model.cwd })
  const run = async (count) => {
    let sum = 0
    for (let i = 0; i < count; i += 1) {
      for await (const event of thread.stream('Hello')) {
        if (event.type === 'message.delta') sum += event.delta.length
      }
    }
    return sum / 'ok'.length / deltas
  }
  const close = async () => {
    await codex.close()
    await model.close()
  }
  return { run, close }
}
