// The nexus router as the benchmark starts it: the realm realm1, open to everyone, no log.
package main

import (
	"flag"
	"io"
	"log"
	"net/http"

	"github.com/gammazero/nexus/v3/router"
)

func main() {
	websocket := flag.String("websocket", "", "address for WebSocket, at the path /ws")
	rawsocket := flag.String("rawsocket", "", "address for RawSocket")
	// nexus drops what does not fit into a session's queue, so it has to hold all that can be in flight.
	queue := flag.Int("queue", 64, "messages that may wait for one session")
	flag.Parse()

	config := &router.Config{RealmConfigs: []*router.RealmConfig{{URI: "realm1", AnonymousAuth: true}}}
	nexus, err := router.NewRouter(config, log.New(io.Discard, "", 0))
	if err != nil {
		log.Fatal(err)
	}

	raw := router.NewRawSocketServer(nexus)
	raw.OutQueueSize = *queue
	if _, err := raw.ListenAndServe("tcp", *rawsocket); err != nil {
		log.Fatal(err)
	}

	web := router.NewWebsocketServer(nexus)
	web.OutQueueSize = *queue
	http.Handle("/ws", web)
	log.Fatal(http.ListenAndServe(*websocket, nil))
}
