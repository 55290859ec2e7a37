import { Codex } from '@openai/codex-sdk'
import { startModel } from '../../sources/model.mjs'

/** The official package: a process for each turn, and no deltas, only the whole message. */
export async function prepare({ deltas }) {
  const model = await startModel(deltas)
  const thread = new Codex({ env: model.env }).startThread({
    workingDirectory: model.cwd,
    skipGitRepoCheck: true,
  })
  const run = async (count) => {
    let sum = 0
    for (let i = 0; i < count; i += 1) sum += (await thread.run('Hello')).finalResponse.length
    return sum / 'ok'.length / deltas
  }
  return { run, close: model.close }
}
