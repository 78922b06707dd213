// The CRD's types, as somebody who writes a controller in Go has them: what the typed cache keeps of each object.
package main

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

var groupVersion = schema.GroupVersion{Group: "tflb.dev", Version: "v1alpha1"}

type TFLoadBalancer struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`
	Spec              Spec   `json:"spec"`
	Status            Status `json:"status"`
}

type TFLoadBalancerList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata"`
	Items           []TFLoadBalancer `json:"items"`
}

type Spec struct {
	Project        string      `json:"project"`
	Replicas       *int32      `json:"replicas,omitempty"`
	Template       Template    `json:"template"`
	Pools          []Pool      `json:"pools"`
	Serving        Serving     `json:"serving"`
	HealthCheck    HealthCheck `json:"healthCheck"`
	Frontend       Frontend    `json:"frontend"`
	Firewall       Firewall    `json:"firewall"`
	DeletionPolicy string      `json:"deletionPolicy,omitempty"`
	Suspend        bool        `json:"suspend,omitempty"`
}

type Template struct {
	MachineType    string            `json:"machineType,omitempty"`
	Image          string            `json:"image,omitempty"`
	Disk           Disk              `json:"disk"`
	Network        string            `json:"network,omitempty"`
	Subnetwork     string            `json:"subnetwork,omitempty"`
	ExternalIP     bool              `json:"externalIP,omitempty"`
	ServiceAccount string            `json:"serviceAccount,omitempty"`
	Scopes         []string          `json:"scopes,omitempty"`
	StartupScript  string            `json:"startupScript,omitempty"`
	Metadata       map[string]string `json:"metadata,omitempty"`
	Labels         map[string]string `json:"labels,omitempty"`
	Tags           []string          `json:"tags,omitempty"`
}

type Disk struct {
	DiskSizeGb *int32 `json:"diskSizeGb,omitempty"`
	DiskType   string `json:"diskType,omitempty"`
	AutoDelete *bool  `json:"autoDelete,omitempty"`
}

type Pool struct {
	Name             string `json:"name"`
	Zone             string `json:"zone,omitempty"`
	Replicas         *int32 `json:"replicas,omitempty"`
	BaseInstanceName string `json:"baseInstanceName,omitempty"`
}

type Serving struct {
	Port                 int32  `json:"port,omitempty"`
	PortName             string `json:"portName,omitempty"`
	Protocol             string `json:"protocol,omitempty"`
	TimeoutSec           int32  `json:"timeoutSec,omitempty"`
	DrainingTimeoutSec   *int32 `json:"drainingTimeoutSec,omitempty"`
	SessionAffinity      string `json:"sessionAffinity,omitempty"`
	AffinityCookieTTLSec *int32 `json:"affinityCookieTtlSec,omitempty"`
}

type HealthCheck struct {
	Type               string `json:"type,omitempty"`
	Port               *int32 `json:"port,omitempty"`
	RequestPath        string `json:"requestPath,omitempty"`
	CheckIntervalSec   int32  `json:"checkIntervalSec,omitempty"`
	TimeoutSec         int32  `json:"timeoutSec,omitempty"`
	HealthyThreshold   int32  `json:"healthyThreshold,omitempty"`
	UnhealthyThreshold int32  `json:"unhealthyThreshold,omitempty"`
}

type Frontend struct {
	LoadBalancingScheme string  `json:"loadBalancingScheme,omitempty"`
	Port                int32   `json:"port,omitempty"`
	Address             Address `json:"address"`
}

type Address struct {
	Type string `json:"type,omitempty"`
	Name string `json:"name,omitempty"`
}

type Firewall struct {
	Managed  *bool  `json:"managed,omitempty"`
	Priority *int32 `json:"priority,omitempty"`
}

type Status struct {
	ObservedGeneration int64              `json:"observedGeneration,omitempty"`
	Address            string             `json:"address,omitempty"`
	URL                string             `json:"url,omitempty"`
	Replicas           int32              `json:"replicas,omitempty"`
	ReadyReplicas      int32              `json:"readyReplicas,omitempty"`
	UpdatedReplicas    int32              `json:"updatedReplicas,omitempty"`
	ReplicasPerPool    int32              `json:"replicasPerPool,omitempty"`
	Selector           string             `json:"selector,omitempty"`
	ResourcePrefix     string             `json:"resourcePrefix,omitempty"`
	Display            Display            `json:"display"`
	Pools              []PoolStatus       `json:"pools,omitempty"`
	Resources          []ResourceStatus   `json:"resources,omitempty"`
	Conditions         []metav1.Condition `json:"conditions,omitempty"`
}

type Display struct {
	Pools     string `json:"pools,omitempty"`
	Templates string `json:"templates,omitempty"`
}

type PoolStatus struct {
	Name            string      `json:"name"`
	Location        string      `json:"location,omitempty"`
	Group           string      `json:"group,omitempty"`
	TargetReplicas  int32       `json:"targetReplicas,omitempty"`
	Replicas        int32       `json:"replicas,omitempty"`
	UpdatedReplicas int32       `json:"updatedReplicas,omitempty"`
	ReadyReplicas   int32       `json:"readyReplicas,omitempty"`
	Template        string      `json:"template,omitempty"`
	Stable          bool        `json:"stable,omitempty"`
	Errors          []PoolError `json:"errors,omitempty"`
}

type PoolError struct {
	Zone    string `json:"zone,omitempty"`
	Code    string `json:"code,omitempty"`
	Message string `json:"message,omitempty"`
	Machine string `json:"machine,omitempty"`
}

type ResourceStatus struct {
	Kind     string `json:"kind"`
	Role     string `json:"role"`
	Name     string `json:"name,omitempty"`
	Location string `json:"location,omitempty"`
	State    string `json:"state,omitempty"`
	Message  string `json:"message,omitempty"`
}

// Copies are flat: only the cache's readers ask for them, and this program reads nothing.
func (object *TFLoadBalancer) DeepCopyObject() runtime.Object {
	copied := *object
	return &copied
}

func (list *TFLoadBalancerList) DeepCopyObject() runtime.Object {
	copied := *list
	return &copied
}

func newScheme() *runtime.Scheme {
	scheme := runtime.NewScheme()
	scheme.AddKnownTypes(groupVersion, &TFLoadBalancer{}, &TFLoadBalancerList{})
	metav1.AddToGroupVersion(scheme, groupVersion)
	return scheme
}
