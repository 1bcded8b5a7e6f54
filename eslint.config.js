import js from '@eslint/js'
import compat from 'eslint-plugin-compat'
import tseslint from 'typescript-eslint'

/** What browsers load from an instance or from the service. */
const SHIPPED = [
  'web/dom.ts',
  'web/plugin/{client,recommendations,worker,admin,shared}/**',
  'web/{report,recommendations}/**',
]

export default tseslint.config(
  { ignores: ['node_modules', 'dist', 'instance/pages', 'build/**', '.venv', '.cache'] },
  js.configs.recommended,
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: {
      parserOptions: { projectService: { allowDefaultProject: ['eslint.config.js'] } },
    },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      // node:test returns promises that its own runner awaits.
      '@typescript-eslint/no-floating-promises': [
        'error',
        {
          allowForKnownSafeCalls: [
            { from: 'package', name: ['test', 'describe', 'it'], package: 'node:test' },
          ],
        },
      ],
    },
  },
  { files: ['eslint.config.js'], ...tseslint.configs.disableTypeChecked },
  {
    // No newer API than PeerTube's own browsers have (`browserslist` in package.json); methods of
    // JavaScript's own objects are left to `tsc -p tsconfig.browsers.json`.
    files: SHIPPED,
    plugins: { compat },
    // Tested before anything of ours runs: web/plugin/shared/browser-support.ts.
    settings: { polyfills: ['Object.hasOwn'] },
    rules: {
      'compat/compat': 'error',
      'no-restricted-syntax': [
        'error',
        {
          selector: 'ForOfStatement[await=true]',
          message: 'No Safari can iterate a stream: use readChunks, or getReader.',
        },
      ],
    },
  },
)
