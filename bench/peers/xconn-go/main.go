// The xconn-go router as the benchmark starts it: the realm realm1, open to everyone, no log.
package main

import (
	"flag"
	"log"

	"github.com/xconnio/xconn-go"
)

func main() {
	// xconn-go upgrades whatever path is asked for, /ws among them.
	websocket := flag.String("websocket", "", "address for WebSocket")
	rawsocket := flag.String("rawsocket", "", "address for RawSocket")
	// xconn-go drops what does not fit into a session's queue, so it has to hold all that can be in flight.
	queue := flag.Int("queue", 64, "messages that may wait for one session")
	flag.Parse()

	router, err := xconn.NewRouter(&xconn.RouterConfig{LogLevel: xconn.LogLevelError})
	if err != nil {
		log.Fatal(err)
	}
	everything := xconn.Permission{
		MatchPolicy:    "prefix",
		AllowCall:      true,
		AllowRegister:  true,
		AllowPublish:   true,
		AllowSubscribe: true,
	}
	anonymous := xconn.RealmRole{Name: "anonymous", Permissions: []xconn.Permission{everything}}
	if err := router.AddRealm("realm1", &xconn.RealmConfig{Meta: true, Roles: []xconn.RealmRole{anonymous}}); err != nil {
		log.Fatal(err)
	}

	server := xconn.NewServer(router, nil, &xconn.ServerConfig{OutQueueSize: *queue})
	if _, err := server.ListenAndServeRawSocket(xconn.NetworkTCP, *rawsocket); err != nil {
		log.Fatal(err)
	}
	if _, err := server.ListenAndServeWebSocket(xconn.NetworkTCP, *websocket); err != nil {
		log.Fatal(err)
	}
	select {}
}
