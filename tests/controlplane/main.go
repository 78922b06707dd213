// etcd and kube-apiserver in one process, for tests.
//
// The flags are kube-apiserver's own, with one more: --etcd-data-dir. With it, an embedded etcd keeps its
// data there and listens on the address that --etcd-servers names; it starts before the API server, and stops after it.
package main

import (
	"fmt"
	"net/url"
	"os"
	"time"

	"github.com/spf13/cobra"
	"go.etcd.io/etcd/server/v3/embed"
	"k8s.io/component-base/cli"
	_ "k8s.io/component-base/logs/json/register"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"
	"k8s.io/kubernetes/cmd/kube-apiserver/app"
)

const etcdStartLimit = 60 * time.Second

func startEtcd(dataDir, clientURL string) (*embed.Etcd, error) {
	client, err := url.Parse(clientURL)
	if err != nil {
		return nil, err
	}
	// A single member has no peers, but etcd insists on listening for them: any free port does.
	peer := url.URL{Scheme: "http", Host: "127.0.0.1:0"}

	config := embed.NewConfig()
	config.Dir = dataDir
	config.ListenClientUrls = []url.URL{*client}
	config.AdvertiseClientUrls = config.ListenClientUrls
	config.ListenPeerUrls = []url.URL{peer}
	config.AdvertisePeerUrls = config.ListenPeerUrls
	config.InitialCluster = config.InitialClusterFromName(config.Name)
	config.LogLevel = "warn"
	// Tests must survive a killed process, not a lost machine.
	config.UnsafeNoFsync = true

	etcd, err := embed.StartEtcd(config)
	if err != nil {
		return nil, err
	}
	select {
	case <-etcd.Server.ReadyNotify():
		return etcd, nil
	case err := <-etcd.Err():
		etcd.Close()
		return nil, err
	case <-time.After(etcdStartLimit):
		etcd.Close()
		return nil, fmt.Errorf("not ready after %s", etcdStartLimit)
	}
}

func main() {
	command := app.NewAPIServerCommand()
	dataDir := command.Flags().String("etcd-data-dir", "", "Run an etcd with this data directory at the address of --etcd-servers.")

	serve := command.RunE
	command.RunE = func(command *cobra.Command, args []string) error {
		if *dataDir != "" {
			servers, err := command.Flags().GetStringSlice("etcd-servers")
			if err != nil {
				return err
			}
			if len(servers) != 1 {
				return fmt.Errorf("--etcd-data-dir needs exactly one address in --etcd-servers")
			}
			etcd, err := startEtcd(*dataDir, servers[0])
			if err != nil {
				return fmt.Errorf("etcd: %w", err)
			}
			defer etcd.Close()
		}
		return serve(command, args)
	}
	os.Exit(cli.Run(command))
}
