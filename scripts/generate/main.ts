// Generates the protocol types and the manifest from the installed Codex.
//
//   --check          only compares the manifest; exits with 1 and the differences when it is out of date
//   --manifest PATH  another file than protocol-manifest.json
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { readInstalledProtocol } from './codex.js'
import { GenerateError } from './errors.js'
import { lineDifferences, manifestText } from './manifest.js'
import { generatedModules, readIfPresent, writeFolder, writeIfChanged } from './output.js'
import { readProtocol } from './protocol.js'

const manifestPath = fileURLToPath(new URL('../../protocol-manifest.json', import.meta.url))
const outputFolder = fileURLToPath(new URL('../../src/protocol/generated/', import.meta.url))

const { values } = parseArgs({
  options: {
    check: { type: 'boolean', default: false },
    manifest: { type: 'string', default: manifestPath },
  },
})

try {
  const protocol = readProtocol(await readInstalledProtocol())
  const manifest = manifestText(protocol)
  if (values.check) {
    const differences = lineDifferences((await readIfPresent(values.manifest)) ?? '', manifest)
    if (differences.length > 0) {
      console.error(
        [
          'protocol-manifest.json does not match the installed Codex; run `npm run generate`.',
          ...differences,
        ].join('\n'),
      )
      process.exitCode = 1
    }
  } else {
    await writeFolder(outputFolder, generatedModules(protocol))
    await writeIfChanged(values.manifest, manifest)
  }
} catch (error) {
  if (!(error instanceof GenerateError)) throw error
  console.error(`generate: ${error.message}`)
  process.exitCode = 1
}
