import { docComment } from './doc-comment.js'
import { experimentalFields, type Protocol, type ProtocolMessage, type ProtocolRequest } from './protocol.js'
import { quote } from './type-expression.js'
import { GENERATED } from './type-module.js'

/** Renders the module with the maps from method to params and result. */
export function methodModule(protocol: Protocol): string {
  const { clientRequests, serverRequests, serverNotifications, clientNotifications } = protocol
  return [
    `${GENERATED}\nimport type * as Received from './received.js'\nimport type * as Sent from './sent.js'\n`,
    methodMap('ClientRequests', 'Requests that we send, by method.', clientRequests, (request) => [
      `params: ${paramsType('Sent', request)}`,
      `result: Received.${request.result}`,
    ]),
    methodMap('ServerRequests', 'Requests that the server sends, by method.', serverRequests, (request) => [
      `params: ${paramsType('Received', request)}`,
      `result: Sent.${request.result}`,
    ]),
    methodMap(
      'ServerNotifications',
      'Notifications that the server sends, by method.',
      serverNotifications,
      (message) => [`params: ${paramsType('Received', message)}`],
    ),
    methodMap(
      'ClientNotifications',
      'Notifications that we send, by method.',
      clientNotifications,
      (message) => [`params: ${paramsType('Sent', message)}`],
    ),
  ].join('\n')
}

/** Renders the module with the run-time lists of what is experimental. */
export function experimentalModule(protocol: Protocol): string {
  const methods = protocol.clientRequests.filter(({ experimental }) => experimental)
  const list = methods.map(({ method }) => `  ${quote(method)},\n`).join('')
  const fields = [...experimentalFields(protocol)].map(
    ([method, names]) => `  ${quote(method)}: [${names.map(quote).join(', ')}],\n`,
  )
  return [
    GENERATED,
    docComment({ description: 'Requests that need `capabilities.experimentalApi`.' }) +
      `export const experimentalMethods: readonly string[] = [\n${list}]\n`,
    docComment({
      description:
        'Fields of params that need `capabilities.experimentalApi`, by method. Methods that need it themselves ' +
        'are not listed.',
    }) +
      `export const experimentalFields: Readonly<Record<string, readonly string[]>> = {\n${fields.join('')}}\n`,
  ].join('\n')
}

/** Renders the module with the run-time list of the requests that the binary knows. */
export function clientMethodModule({ codexVersion, clientMethods }: Protocol): string {
  const list = clientMethods.map((method) => `  ${quote(method)},\n`).join('')
  return [
    GENERATED,
    docComment({ description: 'Version of the Codex that these files were generated from.' }) +
      `export const codexVersion: string = ${quote(codexVersion)}\n`,
    docComment({ description: 'Requests that Codex knows, in the order in which it lists them itself.' }) +
      `export const clientMethods: readonly string[] = [\n${list}]\n`,
  ].join('\n')
}

/** Renders the module that re-exports the others. */
export function indexModule(): string {
  return `${GENERATED}
export { clientMethods, codexVersion } from './client-methods.js'
export { experimentalFields, experimentalMethods } from './experimental.js'
export type { ClientNotifications, ClientRequests, ServerNotifications, ServerRequests } from './methods.js'
export type * as Received from './received.js'
export type * as Sent from './sent.js'
`
}

function methodMap<M extends ProtocolMessage | ProtocolRequest>(
  name: string,
  description: string,
  messages: readonly M[],
  members: (message: M) => readonly string[],
): string {
  const entries = messages.map((message) => {
    const comment = docComment(message).replace(/^(?=.)/gm, '  ')
    return `${comment}  ${quote(message.method)}: { ${members(message).join('; ')} }\n`
  })
  return `${docComment({ description })}export interface ${name} {\n${entries.join('')}}\n`
}

function paramsType(namespace: 'Sent' | 'Received', { params, optionalParams }: ProtocolMessage): string {
  const optional = optionalParams ? ['null', 'undefined'] : []
  return [...(params === null ? [] : [`${namespace}.${params}`]), ...optional].join(' | ')
}
