import { answerTileRequest } from '../station/tiles/answer-tile-request.ts';
import type { TilePacks } from '../station/tiles/tile-packs.ts';
import type { TileResponder } from './page-server.ts';

export function respondWithTiles(packs: TilePacks): TileResponder {
  return async (path, response) => {
    const answer = await answerTileRequest(packs, path);
    if (answer === null) return false;
    response
      .writeHead(answer.status, { ...answer.headers, 'x-content-type-options': 'nosniff' })
      .end(answer.body);
    return true;
  };
}
