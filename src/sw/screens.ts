/** What is no screen of the app: a homeserver or relay on the same host, files, pages that stand alone (imprint). */
export const NO_SCREEN = [/^\/_matrix\//, /^\/_synapse\//, /^\/\.well-known\//, /^\/v1\//, /\.(html|json|txt)$/]
