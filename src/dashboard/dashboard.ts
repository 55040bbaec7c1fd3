import type { Clock } from "../clock.ts";
import type { DashboardRoutes, Viewer } from "../http/router.ts";
import { loadPage, type PageFile } from "./page-file.ts";
import { toPageResponse } from "./page-response.ts";
import { type Feed, type FeedViews, startFeed } from "./start-feed.ts";
import { createViewers } from "./viewers.ts";

/** The dashboard of one gateway, until disposed: its page, and what it is fed. */
export interface Dashboard extends DashboardRoutes, Disposable, Pick<Feed, "onCall" | "onRefused" | "onReload"> {
  /** Ends the streams of those for whom it does not hold. */
  readonly endUnless: (holds: (viewer: Viewer) => boolean) => void;
  /** Ends all streams, so that a listener can stop, and begins no more. */
  readonly close: () => void;
}

/** Creates the dashboard; the page is loaded when somebody asks for it. */
export function createDashboard(options: { version: string; views: FeedViews; clock: Clock }): Dashboard {
  const viewers = createViewers();
  const feed = startFeed({ ...options, hasViewers: () => viewers.count() > 0, onDelta: viewers.send });
  let page: Promise<PageFile> | undefined;

  /** What failed once may be mended. */
  function openPage(): Promise<PageFile> {
    page ??= loadPage().catch((error: unknown) => {
      page = undefined;
      throw error;
    });
    return page;
  }

  return {
    page: async (request) => toPageResponse(request, await openPage()),
    feed: (viewer) => viewers.add(viewer, feed.toFull(viewer.principal.name)),
    onCall: feed.onCall,
    onRefused: feed.onRefused,
    onReload: feed.onReload,
    endUnless: viewers.endUnless,
    close: viewers.close,
    [Symbol.dispose]() {
      viewers.close();
      feed[Symbol.dispose]();
    },
  };
}
