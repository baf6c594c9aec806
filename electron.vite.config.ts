import react from '@vitejs/plugin-react';
import { defineConfig } from 'electron-vite';

/**
 * Several programs and a page. Workers and child processes get inputs of their own, because `new URL('…', import.meta.url)`
 * is not bundled; a sandboxed preload must be CommonJS.
 */
export default defineConfig({
  main: {
    build: {
      outDir: 'out/main',
      target: 'node24',
      rollupOptions: {
        input: {
          shell: 'main/shell/index.ts',
          station: 'main/shell/station-process.ts',
          'model-process': 'main/shell/model-process.ts',
          headless: 'main/headless/index.ts',
          'db-worker': 'db/worker.ts',
          'db-backup-worker': 'db/backup/backup-worker.ts',
          'inference-worker': 'main/station/inference/inference-worker.ts',
          'log-worker': 'main/station/logs/log-worker.ts',
          simulator: 'main/simulator/index.ts',
        },
        output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' },
      },
    },
  },
  preload: {
    build: {
      outDir: 'out/preload',
      rollupOptions: {
        input: { index: 'preload/index.ts' },
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
  renderer: {
    root: 'renderer',
    plugins: [react()],
    build: {
      outDir: 'out/renderer',
      rollupOptions: { input: { index: 'renderer/index.html' } },
    },
  },
});
