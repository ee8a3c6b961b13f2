import type { JSX } from "preact";
import { useDesk } from "../../parts/context.js";
import { QueryChoice } from "../../parts/query-choice.js";
import { SearchField } from "../../parts/search-field.js";

const TRANSPORTS = ["websocket", "rawsocket", "longpoll"];
const CODECS = ["json", "msgpack", "cbor"];

/** The heading of the list of sessions, and what narrows it; all of that is in the address. */
export function SessionsHead(): JSX.Element {
  const { navigation, workspace, realm } = useDesk();
  const { query } = navigation.route.value;
  const roles = workspace.watch.realm(realm)?.roles ?? [];
  return (
    <div class="screen-head">
      <h1>Sessions</h1>
      <div class="bar grow">
        <SearchField label="Search sessions" placeholder="Authid, address or session" />
        <QueryChoice label="Role" name="role" values={roles} />
        <QueryChoice label="Transport" name="transport" values={TRANSPORTS} />
        <QueryChoice label="Codec" name="codec" values={CODECS} />
        <label class="check">
          <input
            type="checkbox"
            checked={query["slow"] !== undefined}
            onChange={(event) => navigation.setQuery({ slow: event.currentTarget.checked ? "1" : undefined })}
          />
          Slow
        </label>
      </div>
    </div>
  );
}
