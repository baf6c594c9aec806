import { config } from 'zod';

// Zod tries to compile its checks at run time; the page's policy forbids that and would report each try.
config({ jitless: true });
