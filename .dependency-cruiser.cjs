/** Who may import whom: the table of docs/architecture.md, enforced. Type imports count. */
const STATION_CAPABILITIES =
  '^main/station/(link|replay|vehicle|dispatch|airspace|alerts|fleet|health|inference|identity|sync|records|tiles|logs)/';

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'nothing-imports-tests',
      severity: 'error',
      from: { pathNot: '^(test|scripts)/' },
      to: { path: '^test/' },
    },
    {
      name: 'station-never-imports-electron-or-hosts',
      severity: 'error',
      from: { path: '^(main/station|main/simulator|main/headless|db|renderer)/' },
      to: { path: '(^|/)node_modules/electron/|^main/shell/' },
    },
    {
      name: 'station-knows-no-host',
      severity: 'error',
      from: { path: '^main/station/' },
      to: { path: '^(main/headless|main/simulator|renderer)/|^preload/index' },
    },
    {
      name: 'capabilities-do-not-import-each-other',
      severity: 'error',
      from: { path: STATION_CAPABILITIES },
      to: {
        path: '^main/station/',
        pathNot: '^main/station/($1|ports|store|mavlink)/',
      },
    },
    {
      name: 'mavlink-is-pure',
      severity: 'error',
      from: { path: '^main/station/mavlink/' },
      to: { path: '^main/station/', pathNot: '^main/station/(mavlink|ports)/' },
    },
    {
      name: 'ports-know-only-the-contract',
      severity: 'error',
      from: { path: '^main/station/ports/' },
      to: { path: '^(main|db|renderer)/', pathNot: '^main/station/ports/' },
    },
    {
      name: 'only-the-station-itself-knows-everything',
      severity: 'error',
      from: { path: STATION_CAPABILITIES },
      to: { path: '^main/station/(api/|create-station)' },
    },
    {
      name: 'only-sync-talks-to-central-servers',
      severity: 'error',
      from: { path: '^(main|preload|renderer|db)/', pathNot: '^main/station/sync/' },
      to: { path: '(^|/)node_modules/(pg|ioredis)/' },
    },
    {
      name: 'only-the-db-worker-opens-pglite',
      severity: 'error',
      from: { path: '^(main|preload|renderer)/' },
      to: { path: '(^|/)node_modules/@electric-sql/' },
    },
    {
      name: 'capabilities-know-only-the-query-types',
      severity: 'error',
      from: { path: STATION_CAPABILITIES },
      to: { path: '^db/', pathNot: '^db/(queries/(query-map|mission-record)|sync/wire)' },
    },
    {
      name: 'node-mavlink-is-the-simulator-side',
      severity: 'error',
      from: { path: '^(main/station|main/headless|main/shell|preload|renderer|db)/' },
      to: { path: '(^|/)node_modules/(node-mavlink|mavlink-mappings)/' },
    },
    {
      name: 'simulator-takes-no-shortcut',
      severity: 'error',
      from: { path: '^main/simulator/' },
      to: { path: '^(main/(station|shell|headless)|preload|renderer|db)/' },
    },
    {
      name: 'page-knows-only-the-contract',
      severity: 'error',
      from: { path: '^renderer/' },
      to: { path: '^(main|db|scripts)/|^preload/index' },
    },
    {
      name: 'contract-stands-alone',
      severity: 'error',
      from: { path: '^preload/contract/' },
      to: { path: '^(main|db|renderer|scripts)/' },
    },
    {
      name: 'only-the-map-uses-leaflet',
      severity: 'error',
      from: { path: '^renderer/', pathNot: '^renderer/map/' },
      to: { path: '(^|/)node_modules/(leaflet|protomaps-leaflet)/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'types'],
    },
  },
};
