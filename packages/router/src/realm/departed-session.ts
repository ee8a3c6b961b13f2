import { peerFeatures } from "../session/peer-features.js";
import { Session } from "../session/session.js";
import type { SessionInfo } from "../session/session-info.js";

const FEATURES = peerFeatures({ publisher: { features: { payload_passthru_mode: true } } });

/** A session that publishes and no longer receives: in its name its testaments are published. */
export class DepartedSession extends Session {
  constructor(info: SessionInfo) {
    super(info, FEATURES, false);
  }

  override send(): boolean {
    return true;
  }

  override sendEvent(): void {}
}
