import { codexVersion } from '../../protocol/index.js'
import type { Answerer } from './core.js'
import { refusal } from './refusals.js'

/** Shakes hands, once for each connection. */
export const initialize: Answerer<'initialize'> = ({ clientInfo, capabilities }, { core, client }) => {
  if (client.isInitialized) throw refusal.alreadyInitialized()
  client.isInitialized = true
  client.name = clientInfo.name
  client.hasExperimentalApi = capabilities?.experimentalApi === true
  client.optedOut = new Set(capabilities?.optOutNotificationMethods ?? [])
  const { name, version } = clientInfo
  return {
    userAgent: `${name}/${codexVersion} (Fake 1.0; x86_64) unknown (${name}; ${version})`,
    codexHome: core.codexHome,
    platformFamily: 'unix',
    platformOs: 'linux',
  }
}

/** Nobody is signed in, and nobody has to be. */
export const readAccount: Answerer<'account/read'> = () => ({
  account: null,
  userId: null,
  requiresOpenaiAuth: false,
  workspaceRouting: null,
})

/** There is one model. */
export const listModels: Answerer<'model/list'> = (_params, { core: { model } }) => ({
  data: [
    {
      id: model,
      model,
      upgrade: null,
      upgradeInfo: null,
      availabilityNux: null,
      displayName: model,
      description: 'The model of the fake app-server.',
      modelSpecialty: null,
      hidden: false,
      supportedReasoningEfforts: [{ reasoningEffort: 'medium', description: 'The only one' }],
      defaultReasoningEffort: 'medium',
      inputModalities: ['text', 'image'],
      isDefault: true,
    },
  ],
  nextCursor: null,
})
