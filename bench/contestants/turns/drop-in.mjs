import { Codex } from '../../../dist/integrations/openai-codex-sdk/index.js'
import { startModel } from '../../sources/model.mjs'

/** The official package's names on one process for all turns. */
export async function prepare({ deltas }) {
  const model = await startModel(deltas)
  const codex = new Codex({ env: model.env })
  const thread = codex.startThread({ workingDirectory: model.cwd, skipGitRepoCheck: true })
  const run = async (count) => {
    let sum = 0
    for (let i = 0; i < count; i += 1) sum += (await thread.run('Hello')).finalResponse.length
    return sum / 'ok'.length / deltas
  }
  const close = async () => {
    await codex.close()
    await model.close()
  }
  return { run, close }
}
