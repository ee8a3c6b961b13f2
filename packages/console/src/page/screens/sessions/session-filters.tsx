import type { JSX } from "preact";
import { useDesk } from "../../parts/context.js";
import { SearchField } from "../../parts/search-field.js";

const TRANSPORTS = ["websocket", "rawsocket", "longpoll"];
const CODECS = ["json", "msgpack", "cbor"];

/** What narrows the list of sessions; all of it is in the address. */
export function SessionFilters(): JSX.Element {
  const { navigation, workspace, realm } = useDesk();
  const { query } = navigation.route.value;
  const roles = workspace.watch.realm(realm)?.roles ?? [];
  return (
    <>
      <SearchField label="Search sessions" placeholder="Authid, address or session" />
      <Choice label="Role" name="role" values={roles} />
      <Choice label="Transport" name="transport" values={TRANSPORTS} />
      <Choice label="Codec" name="codec" values={CODECS} />
      <label class="check">
        <input
          type="checkbox"
          checked={query["slow"] !== undefined}
          onChange={(event) => navigation.setQuery({ slow: event.currentTarget.checked ? "1" : undefined })}
        />
        Slow
      </label>
    </>
  );
}

function Choice(props: { readonly label: string; readonly name: string; readonly values: readonly string[] }): JSX.Element {
  const { navigation } = useDesk();
  const value = navigation.route.value.query[props.name] ?? "";
  return (
    <select
      class="input"
      aria-label={props.label}
      value={value}
      onChange={(event) => navigation.setQuery({ [props.name]: event.currentTarget.value })}
    >
      <option value="">{props.label}: any</option>
      {props.values.map((each) => (
        <option key={each} value={each}>
          {each}
        </option>
      ))}
      {value !== "" && !props.values.includes(value) && <option value={value}>{value}</option>}
    </select>
  );
}
