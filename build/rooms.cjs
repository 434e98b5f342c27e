// Which room of src/ may import which: the table of ARCHITECTURE.md as data, read by dependency-cruiser (`npm run rooms`).
// The rules below are made from these tables; to move a wall, edit a table, not a rule.

/**
 * A room is a path below src/ (the longest that fits a file is the file's room). It may import itself, the rooms of
 * `may`, and nothing else of src/. Where `runs` is `anywhere` or `browser` there is no Node core module.
 */
const rooms = {
  base: { may: [], runs: 'anywhere' },
  http: { may: ['base'], runs: 'anywhere' },
  config: { may: ['base', 'http'], runs: 'anywhere' },
  status: { may: ['base', 'http'], runs: 'anywhere' },
  nginx: { may: ['base', 'config'], runs: 'anywhere' },
  contract: { may: ['base', 'config', 'status'], runs: 'anywhere' },
  pki: { may: ['base'], runs: 'node' },
  engine: { may: ['base', 'http', 'config', 'status'], runs: 'node' },
  // Starts an engine from nginx text with scripted origins; for tests only.
  'engine/testing': { may: ['base', 'http', 'config', 'status', 'nginx', 'pki', 'engine'], runs: 'node' },
  host: { may: ['base', 'http', 'config', 'status', 'nginx', 'pki', 'engine', 'contract'], runs: 'node' },
  main: { may: ['base', 'contract', 'host'], runs: 'node' },
  // Sandboxed: of what Electron offers there, only `electron` itself is used, and the host does not exist.
  preload: { may: ['base', 'contract'], runs: 'browser' },
  cli: { may: ['base', 'config', 'nginx', 'contract', 'host'], runs: 'node' },
  // sluicegate-nginx drives the engine without a host, as nginx has none.
  'cli/nginx': {
    may: ['base', 'config', 'status', 'nginx', 'contract', 'host', 'cli', 'engine'],
    runs: 'node',
  },
  renderer: { may: ['base', 'http', 'config', 'status', 'nginx', 'contract'], runs: 'browser' },
}

/** Rooms with one door: from outside only this file is seen. */
const doors = { engine: 'index.ts' }

/** Packages that belong to some rooms only (a name ending in / is a scope). */
const packages = {
  electron: ['main', 'preload'],
  'node-forge': ['pki'],
  ws: ['cli'],
  vue: ['renderer'],
  '@vue/': ['renderer'],
  pinia: ['renderer'],
  'vue-router': ['renderer'],
  'reka-ui': ['renderer'],
  '@lucide/': ['renderer'],
  '@tanstack/': ['renderer'],
  '@codemirror/': ['renderer'],
  codemirror: ['renderer'],
  uplot: ['renderer'],
}

/**
 * Folders whose members do not know each other: what two of them need stands above both. The shape all members
 * have may stand among them.
 */
const strangers = ['engine/modules', 'engine/filters', 'renderer/features']
// What all of them may know: a module's shape, and the file that logs of several kinds are written to.
const shapes = ['^src/engine/modules/(?:module|log-file)\\.ts$']
// The list of the modules that make content knows them all.
const lists = ['^src/engine/modules/index\\.ts$']

/**
 * Tests, and what only tests use (the folders `testing`), may also import engine/testing, Node core and tools;
 * otherwise they live by the rules of their room.
 */
const test = '\\.test\\.ts$|/testing/'

const names = Object.keys(rooms)
const literal = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
const roomsInside = (room) => names.filter((other) => other.startsWith(`${room}/`))

/** Files of a room without those of rooms inside it; `cli/nginx` is both that folder and the files so named. */
function path(room) {
  const others = roomsInside(room).map((other) => literal(other.slice(room.length + 1)))
  const end = room.includes('/') ? '' : '/'
  return `^src/${literal(room)}${end}${others.length > 0 ? `(?!${others.join('|')})` : ''}`
}

const wall = (room, name, from, alsoOpen) => ({
  name,
  comment: `${room} may import ${rooms[room].may.join(', ') || 'no other room'}.`,
  severity: 'error',
  from: { path: path(room), ...from },
  to: { path: '^src/', pathNot: [path(room), ...rooms[room].may.map(path), ...alsoOpen] },
})
const walls = names.map((room) => wall(room, `room-${room.replace('/', '-')}`, { pathNot: test }, []))
const wallsOfTests = names.map((room) => ({
  ...wall(room, `room-${room.replace('/', '-')}-tests`, {}, [path('engine/testing')]),
  from: { path: path(room).replace('^', `^(?=.*(${test}))`) },
}))

const oneDoor = Object.entries(doors).map(([room, door]) => ({
  name: `door-of-${room}`,
  comment: `Outside src/${room} only ${door} of it is seen (and ${room}/testing by tests).`,
  severity: 'error',
  from: { path: '^src/', pathNot: `^src/${room}/` },
  to: { path: path(room), pathNot: `^src/${room}/${literal(door)}$` },
}))

const noRoom = {
  name: 'no-room',
  comment: 'A file of src/ stands in a room of build/rooms.cjs.',
  severity: 'error',
  from: { path: '^src/', pathNot: names.map(path) },
  to: {},
}

const noNodeCore = {
  name: 'no-node-core',
  comment: 'These rooms run where Node does not exist.',
  severity: 'error',
  from: {
    path: names.filter((room) => rooms[room].runs !== 'node').map(path),
    pathNot: test,
  },
  to: { dependencyTypes: ['core'] },
}

const ownPackages = Object.entries(packages).map(([name, owners]) => ({
  name: `package-${name.replace('/', '')}`,
  comment: `${name} lives only in ${owners.join(' and ')}.`,
  severity: 'error',
  from: { path: '^src/', pathNot: owners.map(path) },
  // As resolved, or as written where it cannot be; the types of a package count as the package.
  to: { path: `(^|(^|/)node_modules/)(@types/)?${literal(name)}${name.endsWith('/') ? '' : '(/|$)'}` },
}))

const noStrangers = strangers.map((folder) => ({
  name: `strangers-in-${folder.replace('/', '-')}`,
  comment: `The members of src/${folder} do not import each other.`,
  severity: 'error',
  from: { path: `^src/${literal(folder)}/([^/.]+)`, pathNot: lists },
  to: { path: `^src/${literal(folder)}/`, pathNot: [`^src/${literal(folder)}/$1[/.]`, ...shapes] },
}))

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      // Types within a room may describe each other (an exchange has settings, whose scripts read an exchange); between
      // rooms the walls hold for types as for values.
      comment: 'What is loaded is loaded in one direction.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'resolvable',
      comment: 'An import that names nothing is a rule that cannot see.',
      severity: 'error',
      from: { path: '^src/' },
      to: { couldNotResolve: true },
    },
    {
      name: 'runtime-packages',
      comment:
        'What runs in Node imports only `dependencies` (and electron, which is there by itself); tests may import more.',
      severity: 'error',
      from: {
        path: names.filter((room) => rooms[room].runs !== 'browser').map(path),
        pathNot: test,
      },
      to: {
        dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'],
        pathNot: ['(^|/)node_modules/electron/', '(^|/)node_modules/@types/'],
      },
    },
    {
      name: 'no-tests-in-code',
      comment: 'Code does not import tests, nor what is for tests.',
      severity: 'error',
      from: { path: '^src/', pathNot: test },
      to: { path: test },
    },
    {
      name: 'src-stands-alone',
      comment: 'The program is src/: what builds and tests it is not part of it.',
      severity: 'error',
      from: { path: '^src/', pathNot: test },
      to: { path: '^(build|e2e|bin|resources|out)/' },
    },
    noRoom,
    ...walls,
    ...wallsOfTests,
    ...oneDoor,
    noNodeCore,
    ...ownPackages,
    ...noStrangers,
  ],
  options: {
    tsPreCompilationDeps: true,
    // Not `exclude`: what is excluded is not seen, and the rules about packages would pass without looking.
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'node', 'default'],
    },
  },
}
