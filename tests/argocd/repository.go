package main

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/argoproj/argo-cd/gitops-engine/pkg/utils/kube"
	"github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
	"github.com/argoproj/argo-cd/v3/reposerver/apiclient"
	"github.com/argoproj/argo-cd/v3/util/argo"
	utilio "github.com/argoproj/argo-cd/v3/util/io"
	"github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/object"
	"google.golang.org/grpc"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// repositories stands where Argo CD's repository server does: plain manifests out of a commit of a git folder on this machine.
type repositories struct {
	apiclient.RepoServerServiceClient // what is not asked for here is not there
}

func (r repositories) NewRepoServerClient() (utilio.Closer, apiclient.RepoServerServiceClient, error) {
	return utilio.NopCloser, r, nil
}

func (r repositories) GenerateManifest(_ context.Context, request *apiclient.ManifestRequest, _ ...grpc.CallOption) (*apiclient.ManifestResponse, error) {
	revision, objects, err := readCommit(request.ApplicationSource, request.Revision)
	if err != nil {
		return nil, err
	}
	response := &apiclient.ManifestResponse{
		Revision: revision, Namespace: request.Namespace, SourceType: string(v1alpha1.ApplicationSourceTypeDirectory)}
	for _, object := range objects {
		err := argo.NewResourceTracking().SetAppInstance(object, request.AppLabelKey, request.AppName, request.Namespace,
			v1alpha1.TrackingMethod(request.TrackingMethod), request.InstallationID)
		if err != nil {
			return nil, err
		}
		text, err := json.Marshal(object.Object)
		if err != nil {
			return nil, err
		}
		response.Manifests = append(response.Manifests, string(text))
	}
	return response, nil
}

// The objects of all YAML files of the source's path, and the commit they are of.
func readCommit(source *v1alpha1.ApplicationSource, revision string) (string, []*unstructured.Unstructured, error) {
	repository, err := git.PlainOpen(source.RepoURL)
	if err != nil {
		return "", nil, err
	}
	hash, err := repository.ResolveRevision(plumbing.Revision(revision))
	if err != nil {
		return "", nil, err
	}
	commit, err := repository.CommitObject(*hash)
	if err != nil {
		return "", nil, err
	}
	tree, err := commit.Tree()
	if err != nil {
		return "", nil, err
	}
	objects := []*unstructured.Unstructured{}
	err = tree.Files().ForEach(func(file *object.File) error {
		if !strings.HasPrefix(file.Name, source.Path+"/") || !strings.HasSuffix(file.Name, ".yaml") {
			return nil
		}
		text, err := file.Contents()
		if err != nil {
			return err
		}
		found, err := kube.SplitYAML([]byte(text))
		objects = append(objects, found...)
		return err
	})
	return hash.String(), objects, err
}
