// peer: what the controller is measured against: a controller as controller-runtime makes it, with a typed cache of the same
// objects and all defaults, that does nothing but count. It says "synced N" on stdout once its cache is filled, "reconciled N" once each
// of these was handed to its reconciler, and ends on SIGTERM.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"sync/atomic"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/client-go/tools/clientcmd"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
)

func fail(err error) {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

// Counts what it is asked to reconcile.
type counter struct{ seen atomic.Int64 }

func (counter *counter) Reconcile(context.Context, reconcile.Request) (reconcile.Result, error) {
	counter.seen.Add(1)
	return reconcile.Result{}, nil
}

// Says when the cache is filled, and when all that is in it was reconciled.
func tell(ctx context.Context, manager ctrl.Manager, counter *counter) error {
	if !manager.GetCache().WaitForCacheSync(ctx) {
		return nil
	}
	synced := time.Now()
	var list TFLoadBalancerList
	if err := manager.GetCache().List(ctx, &list, client.UnsafeDisableDeepCopy); err != nil {
		return err
	}
	objects := int64(len(list.Items))
	fmt.Printf("synced %d at %d\n", objects, synced.UnixMilli())
	for counter.seen.Load() < objects && ctx.Err() == nil {
		time.Sleep(10 * time.Millisecond)
	}
	fmt.Printf("reconciled %d\n", objects)
	<-ctx.Done()
	return nil
}

type teller func(context.Context) error

func (teller teller) Start(ctx context.Context) error { return teller(ctx) }

func main() {
	kubeconfig := flag.String("peer-kubeconfig", "", "where the API server is")
	flag.Parse()
	ctrl.SetLogger(logr.Discard())
	config, err := clientcmd.BuildConfigFromFlags("", *kubeconfig)
	fail(err)
	manager, err := ctrl.NewManager(config, ctrl.Options{
		Scheme:  newScheme(),
		Metrics: metricsserver.Options{BindAddress: "0"},
	})
	fail(err)
	counter := &counter{}
	fail(ctrl.NewControllerManagedBy(manager).For(&TFLoadBalancer{}).Complete(counter))
	fail(manager.Add(teller(func(ctx context.Context) error { return tell(ctx, manager, counter) })))
	fail(manager.Start(ctrl.SetupSignalHandler()))
}
