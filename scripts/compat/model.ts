import { Laboratory, toolNames } from './laboratory.js'

/** Models of today and of older versions: Codex offers its patch tool to models that it knows. */
const MODELS = ['gpt-5.5', 'gpt-5-codex'] as const

/** Finds a model for which a version offers the patch tool; the first one when there is none. */
export async function chooseModel(version: string, binary: string): Promise<string> {
  for (const model of MODELS) {
    await using lab = await Laboratory.open({ version, binary, model })
    const { thread } = await lab.thread()
    await thread.run('hi', { timeoutMs: 20_000 })
    if (toolNames(await lab.stub.waitForRequest()).includes('apply_patch')) return model
  }
  return MODELS[0]
}
